<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
<#if section = "header">${msg("errorTitle")}<#elseif section = "form">
<p class="message error" role="alert">${kcSanitize(message.summary)?no_esc}</p>
<p>${msg("errorRemedy")}</p>
<#if !skipLink?? && (client.baseUrl)?has_content>
<p><a class="button" href="${client.baseUrl}">${msg("backToApplication")}</a></p>
<p><a href="${url.logoutConfirmAction?keep_before("/logout-confirm")}?client_id=${client.clientId}">${msg("errorLogout")}</a></p>
</#if>
</#if>
</@layout.registrationLayout>
