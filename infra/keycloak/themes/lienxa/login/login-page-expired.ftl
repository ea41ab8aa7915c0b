<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
<#if section = "header">${msg("pageExpiredTitle")}<#elseif section = "form">
<p>${msg("pageExpiredMsg1")}</p>
<p><a class="button" href="${url.loginRestartFlowUrl}">${msg("doRestart")}</a></p>
<p><a href="${url.loginAction}">${msg("pageExpiredMsg2")}</a></p>
</#if>
</@layout.registrationLayout>
