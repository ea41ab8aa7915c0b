<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
<#if section = "header">${msg("logoutConfirmTitle")}<#elseif section = "form">
<p>${msg("logoutConfirmHeader")}</p>
<form method="post" action="${url.logoutConfirmAction}">
  <input type="hidden" name="session_code" value="${logoutConfirm.code}">
  <button name="confirmLogout" value="on" type="submit">${msg("doLogout")}</button>
</form>
<#if !logoutConfirm.skipLink && (client.baseUrl)?has_content>
<p class="hint"><a href="${client.baseUrl}">${msg("backToApplication")}</a></p>
</#if>
</#if>
</@layout.registrationLayout>
